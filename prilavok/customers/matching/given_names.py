"""Given names and their everyday forms, as Russians and the English-speaking use them; written by hand.

A line: the full names, a colon, the forms that may stand for any of them (also spellings that sound otherwise).
"""

GIVEN_NAMES = """
Александр Александра: Саша Саня Сашка Шура Шурик Сашенька Санёк Саш Alexander Alex Alexandra Sandra
Алексей: Лёша Алёша Лёха Лёшка Лёня Alexis
Алёна: Алёнка Алёнушка
Алина: Аля Алинка
Алла: Аллочка
Альберт: Алик Берт
Анастасия: Настя Настенька Настюша Ася Стася Настасья Анастасья Anastasia
Анатолий: Толя Толик Anatole
Ангелина: Геля Лина Ангелинка
Андрей: Андрюша Андрюха Дрон Andrew
Анна: Аня Анюта Нюра Нюша Анечка Анька Ann Anne Annie
Антон: Антоша Тоха Тоша Anthony
Антонина: Тоня Тося Антонида
Аркадий: Аркаша
Арсений: Сеня Арсюша
Артём: Тёма Артёмка Артемий
Борис: Боря Борька
Вадим: Вадик Дима
Валентин Валентина: Валя Валюша
Валерий Валерия: Валера Лера Валерка
Варвара: Варя Варюша Barbara
Василий: Вася Васёк Васька Basil
Вера: Верочка Веруша
Вероника: Ника Вера Рона
Виктор: Витя Витёк Витька Victor
Виктория: Вика Викуля Тори Victoria
Виталий: Виталик Витя
Владимир: Вова Володя Вовка Вован Влад
Владислав Владислава: Влад Владик Слава
Всеволод: Сева
Вячеслав: Слава Славик
Галина: Галя Галка Галочка
Геннадий: Гена Генка
Георгий: Гоша Жора Гога Егор George
Герман: Гера
Глеб: Глебушка
Григорий: Гриша Гришка Gregory
Даниил: Даня Данила Данил Данька Daniel
Дарья: Даша Дашка Дашуля Дарина Darya Daria
Денис: Дэн Дениска Дениса Dennis
Диана: Ди Дианка
Дмитрий: Дима Митя Димка Димон Димуля Дмитрии Dmitry
Евгений Евгения: Женя Женька Eugene Eugenia
Евдокия: Дуся Дуня
Егор: Егорка Гоша
Екатерина: Катя Катюша Катерина Катька Catherine Katherine Kate
Елена: Лена Алёна Леночка Ленка Helen Elena
Елизавета: Лиза Лизавета Лизка Elizabeth
Зинаида: Зина
Зоя: Зойка
Иван: Ваня Ванька Ванюша Ваньша Ivan
Игорь: Игорёк Гоша Гарик
Илья: Илюша Илюха
Инна: Инка Инночка
Иннокентий: Кеша
Ирина: Ира Ирочка Ирка Ириша Irene
Карина: Кара Каринка
Кирилл: Киря Кирюша Cyril
Клавдия: Клава
Константин: Костя Костик Constantine
Кристина: Кристя Тина Крис Christina
Ксения: Ксюша Ксеня Оксана Аксинья Ксюха
Лариса: Лара Ларочка
Лев: Лёва Лёвушка
Леонид: Лёня Лёнька Leonidas
Лидия: Лида Лидочка
Любовь: Люба Любаша
Людмила: Люда Люся Мила Людочка
Максим: Макс Максимка Maxim Max
Маргарита: Рита Марго Margaret
Марина: Маринка Мариша Маруся
Мария: Маша Маруся Машенька Маня Марья Машка Маня Mary Maria Marie
Матвей: Мотя Матюша Matthew
Михаил: Миша Мишка Мишаня Михайло Michael
Надежда: Надя Надюша
Наталья: Наташа Ната Таша Наталия Натали Натаха Наташка Natalia Natalie
Никита: Ник Никитка
Николай: Коля Колян Николаша Колька Nicholas
Нина: Ниночка
Оксана: Ксюша Окся Ксана
Олег: Олежка Олежа
Олеся: Леся Алеся
Ольга: Оля Олечка Оленька Лёля Olga
Павел: Паша Павлик Пашка Павлуша Paul
Пётр: Петя Петька Петруша Peter
Полина: Поля Полинка Pauline
Раиса: Рая
Ринат: Риня
Роман: Рома Ромка Ромочка
Руслан: Русик Рус
Рустам: Рустик
Светлана: Света Светка Лана Светик
Святослав: Слава Свят
Семён: Сёма Сеня Simon
Сергей: Серёжа Серёга Серж Серый Sergey Serge
Серафима: Сима Фима
София: Соня Софья Софа Sophia Sophie
Станислав: Стас Слава Стасик
Степан: Стёпа Стёпка Stephan
Таисия: Тая Тася
Тамара: Тома Тамарка
Татьяна: Таня Танюша Танька Татьянка Tanya Tatiana
Тимофей: Тима Тимоша Timothy
Тимур: Тима Тимка
Ульяна: Уля
Фёдор: Федя Федька Theodore
Филипп: Филя Филя Philip
Эдуард: Эдик Эд Edward
Элеонора: Эля Нора Лора
Эльвира: Эля Эльва
Юлия: Юля Юленька Юлька Юляша Julia
Юрий: Юра Юрка Юрочка Yury George
Яков: Яша Jacob
Яна: Янка Яночка
Ярослав Ярослава: Ярик Слава Яра
Abigail: Abby Abbie Gail
Albert: Al Bert Albie
Alexander: Alex Alec Sandy Xander Al
Alexandra: Alex Sandra Lexi Sandy
Alfred: Al Fred Alfie
Amanda: Mandy
Andrew: Andy Drew
Anthony: Tony Ant
Arthur: Art Artie
Barbara: Barb Barbie Babs
Benjamin: Ben Benny Benji
Bradley: Brad
Caroline: Carrie Caro
Catherine Katherine Kathryn: Kate Katie Cathy Kathy Cat Kat Kitty
Charles: Charlie Chuck Chas
Charlotte: Charlie Lottie
Christine Christina: Chris Christie Tina
Christopher: Chris Kit
Daniel: Dan Danny
David: Dave Davey Davy
Deborah: Debbie Deb
Donald: Don Donny
Dorothy: Dot Dottie Dolly
Douglas: Doug
Edward: Ed Eddie Ted Teddy Ned
Eleanor: Ellie Nell Nora
Elizabeth: Liz Beth Betty Lizzie Eliza Betsy Libby Lisa
Emily: Em Emmy
Frances: Fran Fanny Frankie
Francis: Frank Frankie
Frederick: Fred Freddie
Gabriel Gabrielle: Gabe Gabby
Geoffrey Jeffrey: Geoff Jeff
George: Georgie
Gerald: Gerry Jerry
Gregory: Greg
Harold: Harry Hal
Henry: Harry Hank Hal
Isabella Isabelle: Bella Izzy Belle Isabel
Jacob: Jake
Jacqueline: Jackie
James: Jim Jimmy Jamie Jem
Jason: Jay
Jennifer: Jen Jenny
Jessica: Jess Jessie
John: Jack Johnny Jon
Jonathan: Jon Jonny Nathan
Joseph: Joe Joey
Joshua: Josh
Judith: Judy
Kenneth: Ken Kenny
Kimberly: Kim Kimmy
Lawrence: Larry Laurie
Leonard: Len Lenny Leo
Lillian: Lily Lil
Louis Lewis: Lou Louie Lew
Lucy: Lou Lu
Margaret: Maggie Meg Peggy Marge Greta Madge
Martin: Marty
Mary: Molly Polly May
Matthew: Matt Matty
Maxwell: Max
Michael: Mike Mick Mickey Micky
Michelle: Shelly Mich
Nathaniel Nathan: Nate Nat
Nicholas: Nick Nicky
Nicole: Nicky Nikki
Oliver: Ollie
Olivia: Liv Livvy
Pamela: Pam
Patricia: Pat Patty Trish Tricia
Patrick: Pat Paddy
Peter: Pete
Philip: Phil Pip
Raymond: Ray
Rebecca: Becky Becca
Richard: Rick Dick Ricky Rich Richie
Robert: Rob Bob Bobby Robbie Bert
Roger: Rog
Ronald: Ron Ronnie
Samantha: Sam Sammy
Samuel: Sam Sammy
Sarah: Sally Sadie
Sophia: Sophie
Stephanie: Steph Steffi
Stephen Steven: Steve Stevie
Susan: Sue Susie Suzie
Theodore: Ted Teddy Theo
Theresa: Terry Tess Tessa
Thomas: Tom Tommy
Timothy: Tim Timmy
Veronica: Ronnie Vera
Victoria: Vicky Tori Vic
Vincent: Vince Vinny
Walter: Walt Wally
William: Bill Will Billy Willy Liam
Zachary: Zach Zack
"""
